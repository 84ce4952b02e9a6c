import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, Length, Matches } from "class-validator";

import { Metadata, ObjectId, Optional, Text, UserId, WholeInQuery } from "../common/fields";

export class CreateConversationDto {
  @IsIn(["direct", "group"]) type: "direct" | "group";
  @Optional() @Text(1, 100) name?: string;
  @IsArray() @ArrayMaxSize(999) @ArrayUnique() @Length(1, 255, { each: true }) @Matches(/^[^\0]*$/, { each: true })
  participantIds: string[];
  @Optional() @Metadata() metadata?: object;
}

export class UpdateConversationDto {
  @Optional() @Text(1, 100) name?: string;
  @Optional() @Metadata() metadata?: object;
}

export class AddParticipantDto {
  @UserId() userId: string;
}

export class ConversationPath {
  @ObjectId() conversationId: string;
}

export class ParticipantPath extends ConversationPath {
  @UserId() userId: string;
}

export class PageQuery {
  @Optional() @Text(1, 255) cursor?: string;
  @Optional() @WholeInQuery(1, 100) limit?: number;
}
