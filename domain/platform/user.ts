/** Who a caller can be and what follows from it. */

/** What somebody may do. Each role also does what the roles before it do for support work, never money of others. */
export const ROLES = ['user', 'support', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Roles of our own people. */
export const STAFF_ROLES = ['support', 'admin'] as const satisfies readonly Role[];

/** A suspended user reads and moves nothing; an erased one has no personal fields any more. */
export const USER_STATUSES = ['active', 'suspended', 'erased'] as const;
export type UserStatus = (typeof USER_STATUSES)[number];

/** Narrows a text to a role; anything unknown is an ordinary user. */
export function asRole(text: unknown): Role {
  return ROLES.find((role) => role === text) ?? 'user';
}

/** True for support and admin. */
export function isStaff(role: Role): boolean {
  return (STAFF_ROLES as readonly Role[]).includes(role);
}
