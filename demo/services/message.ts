/** A message on its way: the value of every record on every topic. */
export interface Message {
  id: string;
  conversation_id: string;
  content: string;
  content_type: string;
  created_at: string;
}

export const channels = ['whatsapp', 'telegram', 'instagram'] as const;
export type Channel = (typeof channels)[number];

export const topics = {
  events: 'message-events',
  routing: 'message-routing',
  outbound: (channel: Channel) => `${channel}-outbound` as const,
};

/** Topics of the platform, for whoever creates them. */
export const allTopics: readonly string[] = [topics.events, topics.routing, ...channels.map(topics.outbound)];

/** Records for kafkajs. A conversation stays on one partition, so that its order holds. */
export const recordsOf = (messages: readonly Message[]) =>
  messages.map((message) => ({ key: message.conversation_id, value: JSON.stringify(message) }));
