import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import { ascii, quickWs } from './quick-start.mjs';

const manifest = fileURLToPath(new URL('../package.json', import.meta.url));

/** What people import, by name: `index`, `testing/index`. */
const entryPoints = async (code) => {
  const { exports } = JSON.parse(await readFile(manifest, 'utf8'));
  const files = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.import.default]));
  const names = files.map((file) => file.replace(/^.*\/esm\/|\.js$/g, ''));
  return Object.fromEntries(names.map((name) => [name, join(code, `${name}.js`)]));
};

/** What the compiler has made of a file, with the map that leads back to its source. */
const compiled = {
  name: 'compiled',
  load: async (id) => ({ code: await readFile(id, 'utf8'), map: await readFile(`${id}.map`, 'utf8') }),
};

/** The helper for decorators that the compiler writes into each file looks for one at `this`, which a module does not have. */
const complain = ({ code, message }) => {
  if (code !== 'THIS_IS_UNDEFINED') throw new Error(message);
};

const formats = { esm: [quickWs, compiled], cjs: [compiled] };

const write = async (path, text) => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
};

const bundleAs = async (format, input, dir) => {
  const plugins = formats[format];
  const external = (id) => !/^[./]/.test(id) && !plugins.some(({ loads }) => loads?.(id));
  const joined = await rollup({ input, external, plugins, treeshake: false, onwarn: complain });
  const { output } = await joined.generate({
    dir,
    format,
    chunkFileNames: 'shared-[hash].js',
    sourcemap: true,
    minifyInternalExports: false,
    externalLiveBindings: false,
  });
  await Promise.all(output.map(({ fileName, code, source }) => write(join(dir, fileName), ascii(code) ?? source)));
};

/**
 * Joins what the compiler has written to one module for each entry point and some that these share, in either format: Node loads hundreds of small
 * files 40 to 80 ms slower, at every start of an application.
 *
 * @param code - the folder of the compiler's ES modules.
 * @param folders - by format, where they go.
 */
export const bundle = async (code, folders) => {
  const input = await entryPoints(code);
  await Promise.all(Object.entries(folders).map(([format, folder]) => bundleAs(format, input, folder)));
};
