import { TypedSearchAttributes } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerSearchAttributes, searchAttributeKeys } from '../../src/temporal/search-attributes.js';
import { localEnvironment, timeSkippingEnvironment } from '../support/temporal.js';

describe.each([
  { name: 'a real server', open: localEnvironment },
  { name: 'the time-skipping server', open: timeSkippingEnvironment },
])('search attributes on $name', ({ open }) => {
  let environment: TestWorkflowEnvironment;

  beforeAll(async () => {
    environment = await open();
  });

  afterAll(async () => {
    await environment?.teardown();
  });

  it('are there for a workflow that starts with all of them', async () => {
    const dueAt = new Date('2026-11-25T21:30:00Z');
    const handle = await environment.client.workflow.start('leadWorkflow', {
      workflowId: 'lead-attributes',
      taskQueue: 'nobody',
      typedSearchAttributes: [
        { key: searchAttributeKeys.LeadStage, value: 'nurture' },
        { key: searchAttributeKeys.LeadSource, value: 'webinar' },
        { key: searchAttributeKeys.LeadScore, value: 40 },
        { key: searchAttributeKeys.HandoffTrigger, value: 'score' },
        { key: searchAttributeKeys.HandoffDueAt, value: dueAt },
        { key: searchAttributeKeys.LeadOwner, value: 'rep_1' },
        { key: searchAttributeKeys.LeadAttention, value: ['sla_missed', 'effect_failed'] },
      ],
    });
    const { typedSearchAttributes } = await handle.describe();
    await handle.terminate();
    expect(typedSearchAttributes).toBeInstanceOf(TypedSearchAttributes);
    expect(typedSearchAttributes.get(searchAttributeKeys.LeadScore)).toBe(40);
    expect(typedSearchAttributes.get(searchAttributeKeys.HandoffDueAt)).toEqual(dueAt);
    expect(typedSearchAttributes.get(searchAttributeKeys.LeadAttention)).toEqual([
      'sla_missed',
      'effect_failed',
    ]);
  });

  it('are registered again without harm, by several processes at once', async () => {
    const again = Array.from({ length: 3 }, () =>
      registerSearchAttributes(environment.connection, 'default'),
    );
    await expect(Promise.all(again)).resolves.toHaveLength(3);
  });
});

describe('search attributes in a namespace where somebody was before', () => {
  it('are refused with the name and both types when one has another type', async () => {
    const environment = await localEnvironment();
    try {
      const namespace = 'taken';
      await environment.connection.workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: { seconds: 86_400 } as never,
      });
      await expect
        .poll(
          () =>
            environment.connection.operatorService
              .addSearchAttributes({
                namespace,
                searchAttributes: {
                  LeadScore: temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
                },
              })
              .then(() => 'added'),
          { timeout: 30_000 },
        )
        .toBe('added');
      await expect
        .poll(() => registerSearchAttributes(environment.connection, namespace).catch(String), {
          timeout: 30_000,
        })
        .toMatch(/LeadScore exists in Temporal as INDEXED_VALUE_TYPE_KEYWORD, Baton needs INT/);
    } finally {
      await environment.teardown();
    }
  });
});
