import { bootErrors } from '../common/boot-errors.js';
import type { HubDescriptor, HubMethodDescriptor } from '../hubs/hub.descriptor.js';
import type { ResolvedHubOptions } from '../hubs/hub.options.js';
import { resumeMethod } from '../hubs/hub.resume.js';
import { ClassCompiler, type Workshop } from './class-compiler.js';
import type { FoundHub } from './explorer.js';
import { hubLanguage } from './hub.language.js';
import { hubMethodOf, isForgotten } from './hub.methods.js';
import { arityOf, parametersOf } from './hub.parameters.js';

type DescribedOptions = Pick<ResolvedHubOptions, 'optionalArguments' | 'history'>;

const HOOKS = ['onConnected', 'onAuthenticationRefreshed', 'onDisconnected'];

/** Makes plain functions of one hub class. */
export class HubCompiler extends ClassCompiler {
  constructor(hub: FoundHub, workshop: Workshop) {
    super(hub, workshop, hubLanguage);
  }

  /**
   * The hub as plain data.
   *
   * @throws SignalRError for methods that clients could not tell apart and for parameters that cannot be served.
   */
  describe(path: string, { optionalArguments, history }: DescribedOptions): HubDescriptor {
    const { name } = this.found;
    const methods = new Map<string, HubMethodDescriptor>();
    this.refuseForeign('@HubMethod()');
    for (const method of this.findMethods(optionalArguments)) {
      const key = method.name.toLowerCase();
      const other = methods.get(key);
      if (other !== undefined) throw bootErrors.sameMethod(name, other.name, method.name);
      methods.set(key, method);
    }
    if (history !== false) this.addResume(methods, history.resumeMethod);
    const [onConnected, onAuthenticationRefreshed, onDisconnected] = HOOKS.map((key) => this.hookNamed(key));
    return { name, path, methods, onConnected, onAuthenticationRefreshed, onDisconnected };
  }

  /** Its guards are those of the hub, as those of any method; nothing else stands around it. */
  private addResume(methods: Map<string, HubMethodDescriptor>, resume: string): void {
    const key = resume.toLowerCase();
    const other = methods.get(key);
    if (other !== undefined) throw bootErrors.resumeTaken(this.found.name, other.name);
    methods.set(key, resumeMethod(resume, this.guardOfClass()));
  }

  private refuseForgotten(key: string): [] {
    if (!HOOKS.includes(key) && isForgotten(this.prototype, key)) throw bootErrors.forgottenHubMethod(`${this.found.name}.${key}`);
    return [];
  }

  private findMethods(optionalArguments: 'declared' | 'all'): HubMethodDescriptor[] {
    const { name } = this.found;
    return this.methodNames.flatMap((key) => {
      const method = hubMethodOf(this.prototype, key);
      if (method === undefined) return this.refuseForgotten(key);
      const parameters = parametersOf(this.prototype[key], method, `${name}.${key}`, this.language);
      const arity = arityOf(parameters, this.prototype[key].length, optionalArguments);
      const uploads = parameters.filter(({ kind }) => kind === 'upload').length;
      return [{ name: method.name, ...arity, uploads, handler: this.method(method, parameters) }];
    });
  }
}
