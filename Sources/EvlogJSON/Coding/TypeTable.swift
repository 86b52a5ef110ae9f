/// How types are treated, found out once for each: asking what a type conforms to is slow.
final class TypeTable<Treatment> {
  /// With so many types it is no slower to ask.
  private static var limit: Int { 32 }

  private var known: [(type: ObjectIdentifier, treatment: Treatment)] = []

  func treatment(of type: Any.Type, _ find: () -> Treatment) -> Treatment {
    let id = ObjectIdentifier(type)
    for entry in known where entry.type == id { return entry.treatment }
    let treatment = find()
    if known.count < Self.limit { known.append((id, treatment)) }
    return treatment
  }
}

/// A value as what its type is known to be.
@inline(__always) func same<A, B>(_ value: A, as type: B.Type = B.self) -> B {
  assert(A.self == B.self)
  return unsafe unsafeBitCast(value, to: type)
}
