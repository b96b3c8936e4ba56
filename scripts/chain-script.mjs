import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { minify } from '@swc/core';
import { format, resolveConfig } from 'prettier';
import { rollup } from 'rollup';
import ts from 'typescript';
import { main, root } from './build.mjs';

const folder = join(root, 'lib/browser');
const source = join(folder, 'chain.client.ts');
const target = join(root, 'lib/channels/dialects/chain.script.ts');
const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };

const untyped = {
  name: 'untyped',
  resolveId: (id, importer) => (importer === undefined ? id : join(importer, '..', id.replace(/\.js$/, '.ts'))),
  load: async (id) => ts.transpileModule(await readFile(id, 'utf8'), { compilerOptions: options }).outputText,
};

const makeScript = async () => {
  const joined = await rollup({ input: source, plugins: [untyped] });
  const { output } = await joined.generate({ format: 'es' });
  const { code } = await minify(output[0].code, { module: true, compress: true, mangle: true, ecma: 2022 });
  return code;
};

const declarationsOf = (text) => ts.transpileDeclaration(text, { compilerOptions: { ...options, stripInternal: true } }).outputText;

/** All declarations of the client in one text, each exported if the client exports it. */
const declarations = async () => {
  const files = (await readdir(folder)).map((name) => join(folder, name)).filter((path) => /\/chain\.\w+\.ts$/.test(path));
  const texts = await Promise.all(files.sort().map((path) => readFile(path, 'utf8')));
  return texts
    .map((text, index) => (files[index] === source ? declarationsOf(text) : declarationsOf(text).replace(/^export /gm, '')))
    .join('')
    .replace(/^import .*\n/gm, '')
    .replace(/^(export )?\{\};\n/gm, '')
    .replace(/^export (.*) from '.*';$/gm, 'export $1;');
};

/** A member with the comment before it, if that is nobody's business. */
const privateMember = /^ {4}(?:\/\*\*(?:(?!\*\/)[^])*\*\/\n {4})?private .*;\n/gm;

const isExport = (statement) =>
  ts.isExportDeclaration(statement) || statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

const nameOf = (statement) => statement.name?.text ?? statement.declarationList?.declarations[0].name.text;

/** What is exported, and what that is made of. */
const makeTypes = async () => {
  const text = (await declarations()).replace(privateMember, '');
  const { statements } = ts.createSourceFile('chain.d.ts', text, ts.ScriptTarget.Latest, true);
  const kept = new Set(statements.filter(isExport));
  // A set goes on to those that are added on the way.
  for (const user of kept) {
    const code = user.getText();
    for (const other of statements) if (new RegExp(`\\b${nameOf(other)}\\b`).test(code)) kept.add(other);
  }
  return statements
    .filter((statement) => kept.has(statement))
    .map((statement) => `${statement.getFullText().trim()}\n`)
    .join('');
};

const makeModule = async () => {
  const text = `
// Made from lib/browser/chain.client.ts by "npm run chain-script".

/** The browser client as one module. */
export const chainScript = ${JSON.stringify(await makeScript())};

/** Its types. */
export const chainTypes = ${JSON.stringify(await makeTypes())};
`;
  return format(text.trimStart(), { ...(await resolveConfig(target)), parser: 'typescript' });
};

/** With `--check` it only says whether the file is what it would write. */
await main(import.meta.url, async () => {
  const text = await makeModule();
  if (!process.argv.includes('--check')) return writeFile(target, text);
  if (text !== (await readFile(target, 'utf8'))) throw new Error('The client has changed: run "npm run chain-script".');
});
