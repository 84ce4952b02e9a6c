import "reflect-metadata";

import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";

import { AppModule } from "./app.module";
import { ChatExceptionFilter } from "./common/chat-exception.filter";
import { ChatValidationPipe } from "./common/validation.pipe";
import { Config } from "./config";
import { INERT, RedisIoAdapter } from "./gateway/redis-io.adapter";

async function bootstrap() {
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    logger: ["error", "warn"],
    bodyParser: false,
    forceCloseConnections: true,
  });
  const config = app.get(Config);

  app.useBodyParser("json", { limit: config.maxPayloadBytes, inflate: false });
  app.disable("x-powered-by");
  app.disable("etag");
  app.use((_request: unknown, response: { set(headers: object): void }, next: () => void) => {
    response.set(INERT);
    next();
  });
  app.enableCors({ origin: config.allowedOrigins });
  app.useGlobalPipes(new ChatValidationPipe());
  app.useGlobalFilters(new ChatExceptionFilter());

  const adapter = new RedisIoAdapter(app);
  await adapter.connectToRedis();
  app.useWebSocketAdapter(adapter);

  app.enableShutdownHooks();
  await app.listen(config.port, "127.0.0.1");
  console.log(`listening on ${await app.getUrl()}`);
}

void bootstrap();
