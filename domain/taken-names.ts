/** What already goes by a name that something new shall have. */
export interface TakenNames {
  /** Services of the compose file or with a container; the command where there is one. */
  services: Readonly<Record<string, readonly string[] | null>>;
  /** Volumes of the project. */
  volumes: readonly string[];
}
