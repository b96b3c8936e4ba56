import { Injectable } from '@nestjs/common';
import { Hub, HubMethod, UploadStream } from 'nestjs-signalr';
import { firstValueFrom, map, reduce, Subject, type Observable } from 'rxjs';

@Injectable()
export class Files {
  readonly texts = new Map<string, string>();

  async append(name: string, chunk: string): Promise<void> {
    this.texts.set(name, (this.texts.get(name) ?? '') + chunk);
  }
}

@Hub('/files')
export class FilesHub {
  constructor(private readonly files: Files) {}

  @HubMethod()
  sum(values: Subject<number>): Promise<number> {
    return firstValueFrom(values.pipe(reduce((total, value) => total + value, 0)));
  }

  @HubMethod()
  async store(name: string, @UploadStream() chunks: AsyncIterable<string>) {
    for await (const chunk of chunks) await this.files.append(name, chunk);
    return 'stored';
  }

  @HubMethod()
  shout(@UploadStream() words: UploadStream<string>): Observable<string> {
    return words.pipe(map((word) => word.toUpperCase()));
  }
}
