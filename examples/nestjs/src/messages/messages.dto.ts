import { Type } from "class-transformer";
import { ArrayMaxSize, IsArray, IsObject, ValidateNested } from "class-validator";

import { Content, Metadata, ObjectId, Optional, Text, WholeInQuery } from "../common/fields";

export class AttachmentDto {
  @Text(1, 2048) externalFileId: string;
  @Optional() @Text(0, 255) label?: string;
}

export class NewMessageDto {
  @Content() content: string;
  @Optional()
  @IsArray()
  @ArrayMaxSize(10)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => AttachmentDto)
  attachments?: AttachmentDto[];
  @Optional() @ObjectId() replyTo?: string;
  @Optional() @Metadata() metadata?: object;
  @Optional() @Text(1, 64) clientMessageId?: string;
}

export class MessageChangeDto {
  @Content() content: string;
}

export class ReadMarkDto {
  @ObjectId() messageId: string;
}

export class MessagePath {
  @ObjectId() messageId: string;
}

export class HistoryQuery {
  @Optional() @ObjectId() before?: string;
  @Optional() @ObjectId() after?: string;
  @Optional() @WholeInQuery(1, 100) limit?: number;
}
