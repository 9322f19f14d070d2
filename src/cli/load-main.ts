import type { MainModule } from './main-module.js';

/** Loads the product itself, Temporal SDK included: some 0.5 s that only commands which need it may spend. */
export async function loadMain(): Promise<MainModule> {
  return import('../main.js');
}
