import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants as access, existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The programs that some suites need and npm cannot bring. The path of each goes to its suites in `variable`. */
const programs = [
  {
    name: 'a browser',
    suites: 'test/browser',
    without: '--no-browser',
    variable: 'CHROME_PATH',
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    package: 'chromium',
  },
];

/** Not to standard output: that belongs to Jest, whose `--json` is read by other programs. */
const say = (sentence) => console.error(sentence);

const isExecutable = (path) => {
  try {
    accessSync(path, access.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

const find = (program) => {
  const given = process.env[program.variable];
  if (given && isExecutable(given)) return given;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return program.commands.flatMap((command) => folders.map((folder) => join(folder, command))).find(isExecutable);
};

const hasApt = () => {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const names = [...release.matchAll(/^ID(?:_LIKE)?=(.*)$/gm)].flatMap(([, value]) => value.replaceAll('"', '').split(' '));
  return names.includes('debian') || names.includes('ubuntu');
};

/** What has to stand before a command that only root may run, or undefined where nobody may. */
const rootPrefix = () => {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
};

const aptGet = (prefix, ...args) => {
  const [command, ...rest] = [
    ...prefix,
    'env',
    'DEBIAN_FRONTEND=noninteractive',
    'apt-get',
    '-q',
    '-o',
    'DPkg::Lock::Timeout=300',
    ...args,
  ];
  return spawnSync(command, rest, { stdio: ['ignore', 2, 2] }).status === 0;
};

const install = (program) => {
  const prefix = hasApt() ? rootPrefix() : undefined;
  if (!prefix) {
    say(`The suites in ${program.suites} need ${program.name}, and it cannot be installed from here: they will fail.`);
    return;
  }
  say(`The suites in ${program.suites} need ${program.name}: installing the package ${program.package} with apt-get.`);
  const installed = aptGet(prefix, 'update') && aptGet(prefix, 'install', '-y', '--no-install-recommends', program.package);
  if (!installed) say(`apt-get could not install ${program.package}: the suites in ${program.suites} will fail.`);
};

/** Every suite loads its modules anew, hundreds of them: with 16 MiB for what is young, as is usual, much of that is taken for old. */
const forManyModules = '--max-semi-space-size=32';

/** What a suite runs it seldom runs for long, and then its modules are gone: V8 may take seven times as long as usual to find what is worth optimizing. */
const forShortLives = '--interrupt-budget=1000000';

const jestCommand = (args) => {
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  return ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', forManyModules, forShortLives, jest, ...args];
};

/** Whether this run comes to the suites of a program at all: nobody wants a browser for one test of the wire format. */
const isNeeded = (program, args) => {
  if (!existsSync(join(root, program.suites))) return false;
  const listed = spawnSync(process.execPath, jestCommand([...args, '--listTests']), { cwd: root, encoding: 'utf8' });
  return listed.status !== 0 || listed.stdout.includes(join(root, program.suites, '/'));
};

const provide = (program, args) => {
  const given = process.env[program.variable];
  if (given && !isExecutable(given)) say(`${program.variable} is ${given}, which is no program: looking elsewhere.`);
  if (!find(program) && isNeeded(program, args)) install(program);
  const path = find(program);
  return path === undefined ? [] : [[program.variable, path]];
};

/** Jest reads everything behind this option as one more value of it, so it has to come last. */
const leaveOut = (unwanted) => {
  for (const program of unwanted) say(`${program.without}: the suites in ${program.suites} are left out.`);
  return unwanted.length === 0 ? [] : ['--testPathIgnorePatterns', ...unwanted.map((program) => `/${program.suites}/`)];
};

const runJest = (args, env) => {
  const child = spawn(process.execPath, jestCommand(args), { cwd: root, env, stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
};

const main = (argv) => {
  const unwanted = programs.filter((program) => argv.includes(program.without));
  const wanted = programs.filter((program) => !unwanted.includes(program));
  const own = programs.map((program) => program.without);
  const args = [...argv.filter((argument) => !own.includes(argument)), ...leaveOut(unwanted)];
  const paths = wanted.flatMap((program) => provide(program, args));
  const env = { ...process.env, ...Object.fromEntries(paths) };
  for (const program of wanted) if (!paths.some(([variable]) => variable === program.variable)) delete env[program.variable];
  runJest(args, env);
};

main(process.argv.slice(2));
