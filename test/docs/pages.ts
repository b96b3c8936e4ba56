import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** The examples of a page that stand in none of the files that its tests run: those of the folder of the same name. */
export function examplesThatNobodyRuns(page: string): string[] {
  const folder = join(import.meta.dirname, page);
  const files = readdirSync(folder).map((file) => plain(readFileSync(join(folder, file), 'utf8')));
  const text = readFileSync(join(root, 'docs', `${page}.md`), 'utf8');
  const examples = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, example]) => example);
  if (examples.length === 0) throw new Error(`docs/${page}.md has no examples.`);
  return examples.filter((example) => !files.some((file) => file.includes(plain(example))));
}

/** Where a line begins says nothing, nor do blank ones and those for the linter. */
function plain(source: string): string {
  return source
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('// oxlint-'))
    .join('\n');
}
