/** Where the time-skipping test server comes from. Tests only; the product never starts it. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from './file-lock.js';
import { downloadThroughSdk } from './sdk-download.js';
import type { ProvideOptions } from './server-binary.js';
import { runTool, withProgress } from './tools.js';

const TEST_SERVER_VERSION = '1.38.0';

/** Java's logging facade would complain on every start without a provider; the no-op one keeps it quiet. */
const POM = `<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>baton</groupId>
  <artifactId>temporal-test-server-fetch</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>io.temporal</groupId>
      <artifactId>temporal-test-server</artifactId>
      <version>${TEST_SERVER_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-nop</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;

/** `exec`, so that the SDK's signal ends Java and not only the shell; the compiler flags halve the start. */
const LAUNCHER = `#!/bin/sh
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$here/lib/*" io.temporal.testserver.TestServer "$@"
`;

/**
 * The path of a time-skipping test server for `server.executable: { type: 'existing-path', path }`: cached, else the
 * SDK's download, else the Maven artifact run by Java. Throws a message that says what to install.
 */
export async function provideTestServer(
  options: ProvideOptions,
): Promise<{ path: string; origin: 'cache' | 'download' | 'maven' }> {
  const directory = join(options.cacheDir, `temporal-test-server-${TEST_SERVER_VERSION}`);
  const path = join(directory, 'temporal-test-server');
  if (await isReady(directory, path, options)) return { path, origin: 'cache' };
  await mkdir(directory, { recursive: true });
  return withFileLock(
    join(directory, 'fetch.lock'),
    async () => {
      if (await isReady(directory, path, options)) return { path, origin: 'cache' };
      options.progress(`Downloading Temporal's test server ${TEST_SERVER_VERSION} (kept in ${directory})`);
      const download = await downloadThroughSdk({
        what: 'time-skipping',
        version: `v${TEST_SERVER_VERSION}`,
        directory,
        progress: options.progress,
        env: options.env,
      });
      if (download.ok) {
        await rename(download.path, path);
        return { path, origin: 'download' };
      }
      options.progress(`The download did not work: ${download.reason}`);
      const problem = await fetchWithMaven(directory, path, options);
      if (problem === null) return { path, origin: 'maven' };
      throw new Error(
        [
          'There is no time-skipping Temporal server for the tests. Tried:',
          `  - the SDK's download: ${download.reason}`,
          `  - io.temporal:temporal-test-server ${TEST_SERVER_VERSION} through Maven: ${problem}`,
          'Install Java 11 or newer and Maven, or run the tests where the SDK may download.',
        ].join('\n'),
      );
    },
    (pid) => options.progress(`Waiting for process ${pid}, which is fetching the test server already`),
  );
}

/** The launcher is written last, so its presence says that the jars are complete; it still needs a Java. */
async function isReady(directory: string, path: string, options: ProvideOptions): Promise<boolean> {
  if (!existsSync(path)) return false;
  if (!existsSync(join(directory, 'lib'))) return true;
  return (await javaProblem(options)) === null;
}

async function javaProblem(options: ProvideOptions): Promise<string | null> {
  const java = await runTool('java', ['-version'], { env: options.env, timeoutMs: 20_000 });
  return java.outcome === 'ok' ? null : 'no Java on PATH (11 or newer is needed)';
}

/** Null when the launcher stands, otherwise why not. */
async function fetchWithMaven(
  directory: string,
  path: string,
  options: ProvideOptions,
): Promise<string | null> {
  const noJava = await javaProblem(options);
  if (noJava !== null) return noJava;
  if ((await runTool('mvn', ['-v'], { env: options.env, timeoutMs: 30_000 })).outcome !== 'ok') {
    return 'no `mvn` on PATH (Maven 3.6 or newer is needed)';
  }
  for (const name of (await readdir(directory)).filter((entry) => entry.startsWith('build-'))) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
  options.progress(`Fetching io.temporal:temporal-test-server ${TEST_SERVER_VERSION} through Maven`);
  const build = await mkdtemp(join(directory, 'build-'));
  try {
    await writeFile(join(build, 'pom.xml'), POM);
    const args = ['-q', '-B', '-f', join(build, 'pom.xml'), 'dependency:copy-dependencies'];
    const run = await withProgress(
      options.progress,
      () => 'Fetching the test server through Maven',
      () =>
        runTool('mvn', [...args, '-DincludeScope=runtime', `-DoutputDirectory=${join(build, 'lib')}`], {
          env: options.env,
          cwd: build,
          timeoutMs: 5 * 60_000,
        }),
    );
    if (run.outcome !== 'ok') return `Maven ${run.outcome}: ${run.tail}`;
    await writeFile(join(build, 'launcher'), LAUNCHER);
    await chmod(join(build, 'launcher'), 0o755);
    await rm(join(directory, 'lib'), { recursive: true, force: true });
    await rename(join(build, 'lib'), join(directory, 'lib'));
    await rename(join(build, 'launcher'), path);
    return null;
  } finally {
    await rm(build, { recursive: true, force: true });
  }
}
