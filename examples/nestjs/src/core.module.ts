import { Global, Module } from "@nestjs/common";
import { createClient, type RedisClientType } from "@redis/client";

import { Config } from "./config";
import { RoomService } from "./gateway/room.service";
import { TypingService } from "./gateway/typing.service";
import { LimitsService } from "./limits/limits.service";
import { MemoryStorage } from "./storage/memory.storage";
import { REDIS, RedisStorage } from "./storage/redis.storage";
import { Storage } from "./storage/storage";

/** What every other module needs. */
@Global()
@Module({
  providers: [
    Config,
    {
      provide: REDIS,
      inject: [Config],
      useFactory: async ({ redisUrl: url }: Config) => {
        if (url === undefined) return undefined;
        const client = createClient({ url });
        client.on("error", (error: Error) => console.error(`Redis: ${error.message}`));
        return client.connect();
      },
    },
    {
      provide: Storage,
      inject: [{ token: REDIS, optional: true }],
      useFactory: (redis?: RedisClientType) => (redis ? new RedisStorage(redis) : new MemoryStorage()),
    },
    LimitsService,
    RoomService,
    TypingService,
  ],
  exports: [Config, REDIS, Storage, LimitsService, RoomService, TypingService],
})
export class CoreModule {}
