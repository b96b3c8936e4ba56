import { join } from 'node:path';
import ts from 'typescript';

/** A line of TypeScript, and what it shows. */
export type Line = readonly [what: string, code: string];

/** What stands for the preamble in the complaints. */
export const PREAMBLE = 'the preamble';

/**
 * What the compiler has against each line, by its code. It is one program for all of them: loading the types of Nest is what takes the time.
 *
 * @param preamble - what every line is compiled with.
 */
export function complaintsOf(preamble: string, lines: readonly Line[]): Map<string, string[]> {
  const complaints = new Map<string, string[]>();
  const codes = lines.map(([, code]) => code);
  const begin = preamble.split('\n').length - 1;
  const source = `${preamble}${codes.map((code) => `{ ${code} }`).join('\n')}\nexport {};\n`;
  for (const { line, text } of diagnosticsOf(source)) {
    const code = codes[line - begin] ?? PREAMBLE;
    complaints.set(code, [...(complaints.get(code) ?? []), text]);
  }
  return complaints;
}

function diagnosticsOf(text: string): { line: number; text: string }[] {
  const root = join(import.meta.dirname, '..', '..');
  const file = join(root, 'test', 'types', 'lines.ts');
  const program = programOf(root, file, text);
  const source = program.getSourceFile(file) as ts.SourceFile;
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ start = 0, messageText }) => ({
    line: ts.getLineAndCharacterOfPosition(source, start).line,
    text: ts.flattenDiagnosticMessageText(messageText, '\n'),
  }));
}

/** With a file that is nowhere but here. */
function programOf(root: string, file: string, text: string): ts.Program {
  const { options } = ts.parseJsonConfigFileContent({ extends: './tsconfig.json', files: [file] }, ts.sys, root);
  const checked = { ...options, noUnusedLocals: false, noUnusedParameters: false };
  const host = ts.createCompilerHost(checked);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...others) =>
    name === file ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022) : getSourceFile(name, ...others);
  return ts.createProgram([file], checked, host);
}
