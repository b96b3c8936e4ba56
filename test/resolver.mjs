/**
 * Our imports name the `.js` file that the compiler will make, and here there is only the `.ts` file. A `moduleNameMapper` could say so, too,
 * but what it finds Jest looks for again at every import of every suite, those of node_modules among them; what a resolver finds it remembers.
 */
export const sync = (path, options) => options.defaultResolver(path, { ...options, extensionAlias: { '.js': ['.js', '.ts'] } });
