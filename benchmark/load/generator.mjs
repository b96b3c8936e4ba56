import { dialects } from './dialects/index.mjs';
import { echo } from './echo.mjs';
import { fanOut } from './fan-out.mjs';
import { idle } from './idle.mjs';
import { join } from './join.mjs';
import { ServerProcess } from './server-process.mjs';
import { slowClient } from './slow-client.mjs';
import { start } from './start.mjs';
import { stream } from './stream.mjs';
import { upload } from './upload.mjs';

const loads = { echo, fanOut, stream, upload, join, idle, slowClient, start };

/** One measurement: a server is started, put under a load, asked what it has used, and stopped. */
async function run({ server: file, profile, dialect, scenario, timing }) {
  const server = new ServerProcess(file, profile);
  try {
    const started = await server.started();
    const target = { port: started.port, dialect: dialects[dialect], dialectName: dialect };
    return await loads[scenario.load](server, { ...target, started, scenario, timing });
  } finally {
    await server.stop();
  }
}

/** The job comes from the process that compares servers; this one knows of a single server, and ends with it. */
process.once('message', (job) => {
  const answer = run(job).then(
    (result) => ({ result }),
    (error) => ({ error: error.message }),
  );
  void answer.then((words) => process.send(words, () => process.exit()));
});

// Whoever wanted to know is gone.
process.once('disconnect', () => process.exit());
