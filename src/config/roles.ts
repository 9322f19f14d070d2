/** What one Baton process can do; `baton start` does all of it. */
export const ROLES = ['api', 'courier', 'worker'] as const;
export type Role = (typeof ROLES)[number];
