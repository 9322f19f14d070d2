/** What a platform that calls our webhooks must tell of itself: one file per platform fills this in. */
import type { z } from '@hono/zod-openapi';

/** One request of a platform. */
export interface Delivery {
  readonly method: string;
  /** The body as it came, byte for byte. */
  readonly body: Buffer;
  readonly header: (name: string) => string | undefined;
  readonly query: (name: string) => string | undefined;
  /** The whole address that was called, as the outside knows it. */
  readonly address: string;
  readonly nowMs: number;
  readonly settings: SenderSettings;
}

/** Settings of all platforms together; each one's own schema says which it takes. */
interface SenderSettings {
  /** How far the time in a signature may be from ours. */
  readonly toleranceSeconds: number;
  /** What an unsubscribe there means here. */
  readonly stream: 'marketing' | 'sales' | 'all';
  readonly username?: string;
  readonly headerName?: string;
}

/** The values of a secret that hold now, the newest first. */
export type Secrets = (name: string) => readonly string[];

export type Verification =
  /** `once`: a token that is good for this one message, where the signature leaves the message out. */
  | { readonly verified: true; readonly once?: { readonly token: string; readonly digest: string } }
  /** `why` is for the operator: it says what to look at, and nothing of the secret or of a person. */
  | { readonly verified: false; readonly why: string };

export type Translation =
  /** Events in the form of `POST /v1/events`, not yet checked, and how many there were that Baton has no use for. */
  | { readonly events: readonly Readonly<Record<string, unknown>>[]; readonly ignored: number }
  /** The body is not what this platform sends. */
  | { readonly fault: string };

export interface SecretSpec {
  /** Where on the platform it is found, for a person. */
  readonly what: string;
  /** Why a value cannot be this secret, or null. */
  readonly fault: (value: string) => string | null;
}

export interface Sender {
  readonly kind: string;
  readonly title: string;
  readonly secrets: Readonly<Record<string, SecretSpec>>;
  /** Sets of secrets of which one must be complete. */
  readonly sufficient: readonly (readonly string[])[];
  readonly settings: z.ZodType<SenderSettings>;
  readonly verify: (delivery: Delivery, secrets: Secrets) => Verification;
  /** Called with what was verified, and only then. */
  readonly translate: (delivery: Delivery) => Translation;
  readonly statuses: {
    /** For a connection that is switched off: what makes this platform stop sending rather than repeat. */
    readonly off: 200 | 403 | 406 | 410;
    /** For a verified body that cannot be read: 400 has it repeated, 200 lets what comes behind it pass. */
    readonly unreadable: 200 | 400;
  };
  /** The platform asks by GET whether the address answers before it uses it. */
  readonly asksByGet?: boolean;
}

export const refused = (why: string): Verification => ({ verified: false, why });
export const VERIFIED: Verification = { verified: true };
export const UNSET = refused('the connection has no secret to verify with; set it first');
