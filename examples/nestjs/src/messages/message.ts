export interface Message {
  id: string;
  conversationId: string;
  senderId: string;
  content: string;
  attachments: object[];
  replyTo?: string;
  metadata: object;
  clientMessageId?: string;
  sequence: number;
  revision: number;
  isEdited: boolean;
  isDeleted: boolean;
  createdAt: string;
  updatedAt: string;
  deletedAt?: string;
  /** The revision of its creation; clients do not see it. */
  createdRevision: number;
}

export const viewMessage = ({ createdRevision, ...message }: Message) => message;
