/** Names as the runbook has them: container names on infrastructure, a fixed port on a connector by mistake. */
export const runbookCompose = `
name: chat4all
x-service: &service
  healthcheck: { test: [CMD, wget, -qO-, http://localhost:8080/actuator/health] }
  deploy: { resources: { limits: { cpus: '0.5', memory: 512M } } }
services:
  nginx:
    image: nginx:1.27
    ports: ['\${HTTP_PORT:-8080}:80']
    depends_on: [api-gateway]
  kafka:
    image: confluentinc/cp-kafka:7.5.0
    container_name: chat4all-kafka
    ports: ['29092:29092']
    volumes: ['kafka-data:/var/lib/kafka/data']
  mongodb: { image: 'mongo:7.0', container_name: chat4all-mongodb, volumes: ['mongo:/data/db'] }
  postgres: { image: 'postgres:16', container_name: chat4all-postgres }
  redis: { image: 'redis:7-alpine' }
  api-gateway: { <<: *service, image: chat4all/api-gateway, expose: [8080] }
  message-service:
    <<: *service
    image: chat4all/message-service
    environment: { KAFKA_GROUP_ID: message-service-group, KAFKA_TOPIC: message-events }
    depends_on: { kafka: { condition: service_healthy } }
  whatsapp-connector: { <<: *service, image: chat4all/connector, depends_on: [kafka] }
  telegram-connector: { <<: *service, image: chat4all/connector, container_name: chat4all-telegram }
  router-service: { <<: *service, image: chat4all/router, ports: ['9000:8080'] }
  file-service: { <<: *service, image: chat4all/file }
  user-service: { <<: *service, image: chat4all/user }
volumes: { kafka-data: {}, mongo: {} }
`;

/** Nothing of the runbook's: other names, no Kafka, long forms. */
export const bakeryCompose = `
services:
  edge:
    image: registry.example/nginx:1.27
    ports: [{ target: 8000, published: "8443", protocol: tcp }]
    depends_on: [shop-web]
  shop-web:
    build: ./web
    ports: ['3000']
    environment: ['PORT=3000', 'API_TOKEN=not-for-the-catalog']
  oven-worker:
    build: ./oven
    volumes: [{ type: volume, source: recipes, target: /recipes, read_only: true }]
  billing:
    build: ./billing
    volumes: ['invoices:/invoices']
    network_mode: host
  redis-worker: { build: ./jobs }
  shop-db: { image: 'mariadb:11', volumes: ['db:/var/lib/mysql'] }
volumes: { recipes: {}, invoices: {}, db: {} }
`;
