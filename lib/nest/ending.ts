import { Injectable, Module, type OnModuleDestroy } from '@nestjs/common';

/** The end of the application, before anything of its own is taken down. */
@Injectable()
export class Ending implements OnModuleDestroy {
  /** What is to be done then. */
  whenItComes: () => Promise<void> = async () => undefined;

  onModuleDestroy(): Promise<void> {
    return this.whenItComes();
  }
}

/** A global module is the last that Nest takes down. This one is none, so that it can be the first. */
@Module({ providers: [Ending], exports: [Ending] })
export class EndingModule {}
