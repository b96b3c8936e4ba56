const OPENING = '([{';
const CLOSING = ')]}';

/**
 * Whether the last parameter of a function is a rest parameter. JavaScript tells nobody: neither `length` nor the types that decorators leave
 * behind differ from those of a parameter with a default value, so the function's own text is read.
 */
export function hasRestParameter(method: (...values: never[]) => unknown): boolean {
  return /(^|,)\s*\.\.\.[^,]*$/.test(topLevelOf(parameterList(withoutTexts(method.toString()))));
}

/** Comments and quoted texts may hold any bracket or comma. */
function withoutTexts(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g, '0');
}

/** What stands between the first parenthesis that is not part of a computed name, and its partner. */
function parameterList(source: string): string {
  const start = source.startsWith('[') ? source.indexOf('(', endOfBracket(source, 0)) : source.indexOf('(');
  return start < 0 ? '' : source.slice(start + 1, endOfBracket(source, start));
}

/** The parameters without what is nested in them: default values and patterns. */
function topLevelOf(parameters: string): string {
  let depth = 0;
  let text = '';
  for (const character of parameters) {
    if (OPENING.includes(character)) depth++;
    if (depth === 0) text += character;
    if (CLOSING.includes(character)) depth--;
  }
  return text;
}

function endOfBracket(source: string, start: number): number {
  let depth = 0;
  for (let i = start; i < source.length; i++) {
    if (OPENING.includes(source[i])) depth++;
    if (CLOSING.includes(source[i]) && --depth === 0) return i;
  }
  return source.length;
}
