import { Module } from '@nestjs/common';
import { Meter } from './meter.js';
import { Receiver } from './receiver.js';
import { StreamingHub } from './streaming.hub.js';
import { Writer } from './writer.js';

@Module({ providers: [StreamingHub, Meter, Receiver, Writer] })
export class StreamingModule {}
