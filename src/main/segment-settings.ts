/** How the Segment-compatible API is set up, read before anything is started. */
import { readFile } from 'node:fs/promises';
import type { SegmentSettings } from '../api/env.js';
import { EMPTY_MAP, readSegmentMap } from '../api/segment/segment-map.js';
import type { Config } from '../config/config.js';
import { formatFault } from '../definition/faults.js';

/** @throws an error that names every fault of the mapping file, with its line and column. */
export async function segmentSettings(
  config: Pick<Config, 'segmentMapPath' | 'segmentOrigins'>,
): Promise<SegmentSettings> {
  const { segmentMapPath: path, segmentOrigins: origins } = config;
  if (path === null) return { map: EMPTY_MAP, origins };
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new Error(`BATON_SEGMENT_MAP: ${path} cannot be read. Name a file that holds a mapping.`);
  }
  const read = readSegmentMap(text);
  if ('map' in read) return { map: read.map, origins };
  const faults = read.faults.map((fault) => formatFault(fault, path));
  throw new Error(['BATON_SEGMENT_MAP cannot be used:', ...faults].join('\n'));
}
