/** Named delays and switches that the control API reads and changes while the sandbox runs. */
import type { Store } from './store.ts';

export type SettingValue = number | boolean | string;
export type Pace = 'real' | 'instant';

export type Settings = {
  readonly pace: Pace;
  /** Declare a setting. `instant` is its default under that pace (delays: 0 unless given). */
  define(name: string, real: SettingValue, instant?: SettingValue): void;
  /** Declare a delay in milliseconds: as given under pace `real`, 0 under `instant`. */
  defineDelay(name: string, milliseconds: number): void;
  number(name: string): number;
  flag(name: string): boolean;
  text(name: string): string;
  all(): Record<string, SettingValue>;
  /** Override settings durably. Throws `RangeError` for an unknown name or another type of value. */
  patch(values: Record<string, unknown>): void;
};

/** Creates the settings; overrides are kept in the store. */
export function createSettings(store: Store, pace: Pace): Settings {
  const defaults = new Map<string, SettingValue>();
  const overrides = store.keep<Record<string, SettingValue>>('settings', () => ({}));
  const read = (name: string): SettingValue => {
    const value = overrides[name] ?? defaults.get(name);
    if (value === undefined) throw new RangeError(`unknown sandbox setting ${name}`);
    return value;
  };
  const define = (name: string, real: SettingValue, instant: SettingValue = real): void => {
    defaults.set(name, pace === 'instant' ? instant : real);
  };
  return {
    pace,
    define,
    defineDelay: (name, milliseconds) => define(name, milliseconds, 0),
    number: (name) => Number(read(name)),
    flag: (name) => read(name) === true,
    text: (name) => String(read(name)),
    all: () => Object.fromEntries([...defaults.keys()].sort().map((name) => [name, read(name)])),
    patch(values) {
      for (const [name, value] of Object.entries(values)) {
        const fallback = defaults.get(name);
        if (fallback === undefined) throw new RangeError(`unknown sandbox setting ${name}`);
        if (typeof value !== typeof fallback) {
          throw new RangeError(`setting ${name} takes a ${typeof fallback}`);
        }
      }
      Object.assign(overrides, values);
      store.replace('settings', overrides);
    },
  };
}
