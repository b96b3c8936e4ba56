import ts from 'typescript';

const TEST_FUNCTIONS = new Set(['it', 'describe', 'test']);
/** What keeps a test from running, or from having to pass. */
const NOT_RUN = new Set(['skip', 'todo', 'failing']);
const ROWS = /^([A-N]\d\d(?:, [A-N]\d\d)*):? \S/;

/** The titles of the tests in a file that run, and of the groups that they stand in. */
export function titlesIn(path: string, text: string): string[] {
  return titlesOf(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
}

/** The rows by which a title begins. */
export function rowsOf(title: string): string[] {
  return ROWS.exec(title)?.[1].split(', ') ?? [];
}

function titlesOf(node: ts.Node): string[] {
  const words = ts.isCallExpression(node) ? wordsOf(node.expression) : [];
  const isTest = TEST_FUNCTIONS.has(words[0]);
  if (isTest && words.some((word) => NOT_RUN.has(word))) return [];
  const titles = isTest ? titleOf(node as ts.CallExpression) : [];
  ts.forEachChild(node, (child) => void titles.push(...titlesOf(child)));
  return titles;
}

/** What stands before the title: `it.each(…)` is "it" and "each". */
function wordsOf(node: ts.Expression): string[] {
  if (ts.isIdentifier(node)) return [node.text];
  if (ts.isPropertyAccessExpression(node)) return [...wordsOf(node.expression), node.name.text];
  return ts.isCallExpression(node) ? wordsOf(node.expression) : [];
}

/** A title without a test behind it is none. */
function titleOf({ arguments: [title, body] }: ts.CallExpression): string[] {
  return title !== undefined && body !== undefined && ts.isStringLiteralLike(title) ? [title.text] : [];
}
