import SystemPackage

/// Prints a line at once, to a file or a pipe too.
func say(_ line: String) { _ = try? FileDescriptor.standardOutput.writeAll((line + "\n").utf8) }
