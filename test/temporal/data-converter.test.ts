import { defaultPayloadConverter } from '@temporalio/common';
import { loadDataConverter } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { describe, expect, it } from 'vitest';
import { dataConverter } from '../../src/temporal/data-converter.js';

describe('the data converter', () => {
  const loaded = loadDataConverter(dataConverter);

  it('writes plain JSON payloads', () => {
    expect(loaded.payloadConverter).toBe(defaultPayloadConverter);
    expect(loaded.payloadCodecs).toEqual([]);
  });

  it('writes messages and stacks of failures as payloads, and reads them back', () => {
    const failure = loaded.failureConverter.errorToFailure(
      new Error('550 no such user'),
      loaded.payloadConverter,
    );
    expect(failure.message).toBe('Encoded failure');
    expect(failure.stackTrace).toBe('');
    expect(failure.encodedAttributes).toBeDefined();
    const error = loaded.failureConverter.failureToError(failure, loaded.payloadConverter);
    expect(error.message).toBe('550 no such user');
  });
});
