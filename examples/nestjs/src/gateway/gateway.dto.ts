import { Content, ObjectId, Optional, Whole } from "../common/fields";
import { NewMessageDto } from "../messages/messages.dto";

export class WsSendMessageDto extends NewMessageDto {
  @ObjectId() conversationId: string;
}

export class WsEditMessageDto {
  @ObjectId() messageId: string;
  @Content() content: string;
}

export class WsDeleteMessageDto {
  @ObjectId() messageId: string;
}

export class WsRoomDto {
  @ObjectId() conversationId: string;
}

export class WsMarkReadDto extends WsRoomDto {
  @ObjectId() messageId: string;
}

export class WsSyncDto extends WsRoomDto {
  @Optional() @ObjectId() lastMessageId?: string;
  @Optional() @Whole(0, Number.MAX_SAFE_INTEGER) revision?: number;
  @Optional() @Whole(1, 200) limit?: number;
}

export class WsPingDto {}
