/** The built-in marketing platform: Baton itself keeps who is in nurture, and answers senders that ask. */
import type { Db } from '../../store/database.js';
import { pauseNurture, resumeNurture, setNurtureTag } from '../../store/nurture.js';
import type { NurturePort, Reference } from '../ports.js';
import { databaseCall } from './database-call.js';

/** Opens the built-in nurture membership on the database. */
export function builtinNurture(db: Db): NurturePort {
  const done = (work: Promise<void>): Promise<Reference> =>
    databaseCall(() => work.then(() => ({ reference: null })));
  return {
    name: 'builtin',
    indexLagMs: 0,
    pause: ({ leadId }) => done(pauseNurture(db, leadId)),
    resume: ({ leadId }, track) => done(resumeNurture(db, leadId, track)),
    tag: ({ leadId }, tag) => done(setNurtureTag(db, leadId, tag, true)),
    untag: ({ leadId }, tag) => done(setNurtureTag(db, leadId, tag, false)),
  };
}
