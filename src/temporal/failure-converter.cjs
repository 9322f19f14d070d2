// Clients, workers and the workflow bundle load this file by its path, the first two with `require`: it is CommonJS
// and plain JavaScript for that reason, and a build has to copy it.
const { DefaultFailureConverter } = require('@temporalio/common');

// Messages and stack traces become payloads, which a codec can encrypt; as plain attributes it never sees them.
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
