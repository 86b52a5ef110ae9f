/// Whether an event is being encoded for a log: what must not be written there in clear, knows it by this.
package enum EventEncoding {
  @TaskLocal package static var isActive = false
}
