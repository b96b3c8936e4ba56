import { Module } from '@nestjs/common';
import { Directory } from './directory.js';
import { DirectoryChannel } from './directory.channel.js';
import { RoomChannel } from './room.channel.js';
import { Rooms } from './rooms.js';

@Module({ providers: [DirectoryChannel, RoomChannel, Directory, Rooms] })
export class RoomsModule {}
