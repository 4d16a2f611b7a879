/** What staff's controls need from outside of the database. */
export interface ControlPort {
  /** Something is released: whatever it held is told. `operationId` names the release, however often it is asked. */
  released(operationId: string): Promise<void>;
}
