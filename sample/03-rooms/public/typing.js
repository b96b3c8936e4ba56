/** What the line above the draft says of those who are typing. */
export function sentenceFor([first, second, ...others]) {
  if (first === undefined) return '';
  if (second === undefined) return `${first.name} is typing`;
  return others.length === 0 ? `${first.name} and ${second.name} are typing` : 'Several people are typing';
}
