import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import ts from 'typescript';

/** A file of lib/. The path is relative to lib/ and has forward slashes. */
export interface HouseFile {
  path: string;
  text: string;
}

/**
 * What the files of one room may import. An entry is a room (`common/`), a file (`common/clock.ts`), a package (`ws`), what lies
 * inside a package (`@nestjs/core/`) or a built-in module (`node:http`); a star stands for anything but a slash. Where several of the lists name a module, `never` wins over `types`
 * and `types` over `may`. A room may always import its own files.
 */
export interface Room {
  may: string[];
  /** Only by `import type`. */
  types?: string[];
  never?: string[];
}

export interface House {
  /** By folder (`common/`), or by file for what lies beside the folders (`index.ts`). */
  rooms: Record<string, Room>;
  /** Packages that only a single file may import, whatever its room may. */
  onlyIn: Record<string, string>;
  /** Names by which the world outside imports the house. */
  ownName: string;
  /** Files that nobody imports, but for those listed. Beside them stands every `index.ts`. */
  frontDoors: Record<string, string[]>;
}

interface Import {
  /** As written. */
  specifier: string;
  /** Path in lib/, name of a package, or built-in module with `node:`. */
  target: string;
  typeOnly: boolean;
  line: number;
}

const parse = ({ path, text }: HouseFile) => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);

const lineOf = (node: ts.Node) => node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1;

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
}

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
  return isBuiltin(specifier) && !specifier.startsWith('node:') ? `node:${specifier}` : specifier;
}

const allTypes = (names: ts.NodeArray<ts.ImportSpecifier | ts.ExportSpecifier>) =>
  names.length > 0 && names.every((name) => name.isTypeOnly);

function isTypeOnlyImport({ importClause: clause }: ts.ImportDeclaration): boolean {
  if (!clause) return false;
  const named = clause.namedBindings;
  return clause.isTypeOnly || (!clause.name && named !== undefined && ts.isNamedImports(named) && allTypes(named.elements));
}

function isTypeOnlyExport({ isTypeOnly, exportClause: clause }: ts.ExportDeclaration): boolean {
  return isTypeOnly || (clause !== undefined && ts.isNamedExports(clause) && allTypes(clause.elements));
}

const isLoading = (node: ts.Node): node is ts.CallExpression =>
  ts.isCallExpression(node) &&
  (node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === 'require'));

/** The module that a node imports, and whether nothing of the import is left at run time. */
function importedBy(node: ts.Node): [module: ts.Node | undefined, typeOnly: boolean] {
  if (ts.isImportDeclaration(node)) return [node.moduleSpecifier, isTypeOnlyImport(node)];
  if (ts.isExportDeclaration(node)) return [node.moduleSpecifier, isTypeOnlyExport(node)];
  if (ts.isImportTypeNode(node)) return [ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true];
  if (ts.isExternalModuleReference(node)) return [node.expression, false];
  return isLoading(node) ? [node.arguments[0], false] : [undefined, false];
}

function importsOf(file: HouseFile): Import[] {
  const imports: Import[] = [];
  visit(parse(file), (node) => {
    const [module, typeOnly] = importedBy(node);
    if (!module) return;
    const specifier = ts.isStringLiteralLike(module) ? module.text : module.getText();
    imports.push({ specifier, target: resolve(file.path, specifier), typeOnly, line: lineOf(node) });
  });
  return imports;
}

const roomOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/') + 1) : path);

function matches(target: string, entry: string): boolean {
  if (entry.endsWith('/')) return target.startsWith(entry);
  const pattern = entry.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '[^/]*');
  return new RegExp(`^${pattern}$`).test(target);
}

const lists = (target: string, entries: string[] = []) => entries.some((entry) => matches(target, entry));

function allowed(room: Room): string {
  const parts = [...room.may, ...(room.types ?? []).map((entry) => `types of ${entry}`)];
  const never = room.never ? `, and never ${room.never.join(', ')}` : '';
  return `${parts.join(', ') || 'nothing but its own files'}${never}`;
}

/** Why a file may not have an import, or undefined where it may. */
function objection(house: House, path: string, { target, typeOnly }: Import): string | undefined {
  const name = roomOf(path);
  const room = house.rooms[name];
  if (!room) return `${name} is no room of the table`;
  if (target === house.ownName || target.startsWith(`${house.ownName}/`)) return 'nobody inside goes through the front door';
  if (target.startsWith('../')) return 'nothing in lib/ reaches out of lib/';
  if (posix.basename(target) === 'index.ts') return 'nobody inside imports a barrel';
  const guests = house.frontDoors[target];
  if (guests && !guests.includes(path)) return `only ${guests.join(', ')} may import the front door`;
  const single = Object.keys(house.onlyIn).find((entry) => matches(target, entry));
  if (single !== undefined && house.onlyIn[single] !== path) return `only ${house.onlyIn[single]} may import ${single}`;
  if (name.endsWith('/') && target.startsWith(name)) return undefined;
  const mayHave = !lists(target, room.never) && (lists(target, room.types) ? typeOnly : lists(target, room.may));
  return mayHave ? undefined : `${name} may import ${allowed(room)}`;
}

/** Every import that the table does not allow. */
export function importViolations(files: HouseFile[], house: House): string[] {
  return files.flatMap((file) =>
    importsOf(file).flatMap((found) => {
      const reason = objection(house, file.path, found);
      const kind = found.typeOnly ? 'imports the type of' : 'imports';
      return reason === undefined ? [] : [`lib/${file.path}:${found.line} ${kind} ${found.specifier}; ${reason}.`];
    }),
  );
}

/** Files whose folder or name the table does not know. */
export function roomViolations(files: HouseFile[], house: House): string[] {
  return files.filter(({ path }) => !house.rooms[roomOf(path)]).map(({ path }) => `lib/${path} stands in no room of the table.`);
}

/** Circles of imports, each once. An import of a type counts too: it makes two files one to whoever reads them. */
export function cycleViolations(files: HouseFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  const graph = new Map(files.map((file) => [file.path, importsOf(file).map(({ target }) => target)]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, trail: string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].map((step) => `lib/${step}`).join(' -> '));
    if (start >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) if (known.has(next)) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of known) walk(path, []);
  return cycles.map((cycle) => `${cycle} is a circle of imports; no file may import itself by way of others.`);
}

/** Files of `limit` lines or more. */
export function sizeViolations(files: HouseFile[], limit: number): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    return lines < limit ? [] : [`lib/${path} has ${lines} lines; a file has fewer than ${limit}.`];
  });
}

/** Looks at every node of every file outside `keepers` and says where `finding` has something to say. */
function search(files: HouseFile[], keepers: string[], finding: (node: ts.Node) => string | undefined): string[] {
  const violations: string[] = [];
  for (const file of files.filter(({ path }) => !lists(path, keepers))) {
    visit(parse(file), (node) => {
      const found = finding(node);
      if (found !== undefined) violations.push(`lib/${file.path}:${lineOf(node)} ${found}.`);
    });
  }
  return violations;
}

/** Whether an identifier stands for the global of that name: `setTimeout(…)` does, `socket.setTimeout(…)` does not. */
function isGlobal(node: ts.Node, names: string[]): node is ts.Identifier {
  if (!ts.isIdentifier(node) || !names.includes(node.text)) return false;
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return parent.expression.getText() === 'globalThis';
  return !('name' in parent && parent.name === node);
}

const timeless = ['Date.now', 'performance.now', 'process.hrtime', 'AbortSignal.timeout'];

function readingOfTime(node: ts.Node): string | undefined {
  if (isGlobal(node, ['setTimeout', 'setInterval'])) return node.text;
  if (ts.isPropertyAccessExpression(node)) return timeless.find((name) => node.getText().replace(/^globalThis\./, '') === name);
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return 'new Date()';
  const [module] = importedBy(node);
  return module && ts.isStringLiteralLike(module) && /^(node:)?timers(\/promises)?$/.test(module.text) ? module.text : undefined;
}

/** Uses of timers and of the time of day outside the files that keep the clock. */
export function clockViolations(files: HouseFile[], keepers: string[]): string[] {
  return search(files, keepers, (node) => {
    const reading = readingOfTime(node);
    return reading === undefined ? undefined : `uses ${reading}; only ${keepers.join(', ')} may know the time`;
  });
}

const builtInError = /^(Error|(Type|Range|Syntax|Reference|URI|Eval|Aggregate)Error|DOMException)$/;

/** Errors made outside the files that keep the table of errors: those of the language, and those of `ourOwn` classes. */
export function errorViolations(files: HouseFile[], keepers: string[], ourOwn: string[]): string[] {
  return search(files, keepers, (node) => {
    if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return undefined;
    const name = node.expression.getText().replace(/^globalThis\./, '');
    const makesError = builtInError.test(name) || (ts.isNewExpression(node) && ourOwn.includes(name));
    return makesError ? `makes a ${name}; only ${keepers.join(', ')} may make errors` : undefined;
  });
}

const isPlainSymbol = (node: ts.Node | undefined) =>
  node !== undefined && ts.isCallExpression(node) && node.expression.getText() === 'Symbol';

const setsMetadata = /^(Reflect\.\w*[mM]etadata|SetMetadata)$/;

/** Metadata under a symbol that each copy of the library makes anew: one copy could not read what another has written. */
export function metadataKeyViolations(files: HouseFile[]): string[] {
  const plain = new Set<string>();
  for (const file of files) {
    visit(parse(file), (node) => {
      if (ts.isVariableDeclaration(node) && isPlainSymbol(node.initializer)) plain.add(node.name.getText());
    });
  }
  return search(files, [], (node) => {
    if (!ts.isCallExpression(node) || !setsMetadata.test(node.expression.getText())) return undefined;
    const key = node.arguments.find((argument) => isPlainSymbol(argument) || plain.has(argument.getText()));
    return key && `uses ${key.getText()} as a metadata key; a key is a string or a Symbol.for`;
  });
}

/** Uses of the console. */
export function consoleViolations(files: HouseFile[]): string[] {
  return search(files, [], (node) =>
    isGlobal(node, ['console']) ? 'uses the console; the library speaks through the Logger of Nest' : undefined,
  );
}
