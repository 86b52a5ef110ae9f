extension ClockBuilding {
  /// Throws if the points of a component would be in a cycle without atomic groups.
  ///
  /// Points are taken away as long as there is one that needs none of the others (Kahn 1962). What is left has
  /// a cycle, and following what each needs leads into it.
  func checkAcyclic(_ members: [Int]) throws(CausalityError) {
    let inside = Set(members)
    /// What a point needs within the component, and the cause for which it does.
    func needs(_ point: Int) -> [(point: Int, cause: CauseList.Cause?)] {
      let before = previous(point).map { [(point: $0, cause: CauseList.Cause?.none)] } ?? []
      let others = causeRange(point).compactMap { i in
        causes[i].isAtomic ? nil : self.point(of: causes[i]).map { ($0, Optional(causes[i])) }
      }
      return (before + others).filter { inside.contains($0.0) }
    }
    var left = Dictionary(uniqueKeysWithValues: members.map { ($0, needs($0).count) })
    var dependents: [Int: [Int]] = [:]
    for member in members {
      for needed in needs(member) { dependents[needed.point, default: []].append(member) }
    }
    var free = members.filter { left[$0] == 0 }
    while let one = free.popLast() {
      left[one] = nil
      for dependent in dependents[one] ?? [] {
        left[dependent, default: 0] -= 1
        if left[dependent] == 0 { free.append(dependent) }
      }
    }
    guard var point = left.keys.min() else { return }
    // After as many steps as there are points, the walk is in the cycle; then it goes once around.
    var edge: (effect: CausalEvent, cause: CausalEvent)?
    for step in 0..<(2 * members.count) {
      guard let needed = needs(point).first(where: { left[$0.point] != nil }) else { break }
      if step >= members.count, edge == nil, let cause = needed.cause {
        edge = (event(point), CausalEvent(cause.line, cause.offset))
      }
      point = needed.point
    }
    guard let (effect, cause) = edge else { preconditionFailure("a cycle within one line") }
    throw CausalityError(
      .cycle,
      "\(lines.name(effect)) names \(lines.name(cause)) as its cause, which is itself an effect of "
        + "\(lines.name(effect))", effect, cause)
  }
}
