/**
 * Owns: the seam to ownership of partitions: which epochs this node may write under.
 * Does not own: leases (cluster), the fence (store).
 */

export interface Ownership {
  /** The epoch of a partition that this node owns; undefined when it does not. */
  epochOf(partition: number): number | undefined
  /** The partitions that it owns now. */
  owned(): readonly number[]
  /** Reports that the store refused the epochs of these partitions. */
  deposed(partitions: readonly number[]): void
  /** Calls `listener` once for each partition that is lost. */
  onLost(listener: (partition: number) => void): void
  /** Calls `listener` with partitions that were lost and are owned again, under a new epoch. */
  onRegained(listener: (partitions: readonly number[]) => void): void
}
