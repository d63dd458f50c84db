/** What a service's definition says that makes scaling it impossible. */
export interface Obstacle {
  service: string;
  kind: 'container_name' | 'fixed_host_port' | 'exclusive_volume' | 'missing_image' | 'not_deployed';
  message: string;
  remedy: string;
}
