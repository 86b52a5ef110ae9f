import Evlog
import EvlogComponents
import EvlogTesting
import Testing

@Suite struct ComponentsSnippets {
  @Test func exploring() async throws {
    let space = try await Replayer(Lock().program, over: EventList([RecordedEvent]()))
      .explore(within: ExplorationLimits())
    print(space.distinct)  // 82
    print(space.isViolated)  // false
  }

  @Test func composing() async throws {
    let bank = Combined(Lock(lease: 30), Ledger(), identity: "locked") {
      [
        .step("money moves only while someone holds the lock") { before, event, _, _ in
          event.second == nil || !before.first.leases.isEmpty
        }
      ]
    }
    let log = try EventLog.inMemory()
    try await log.append(Lock.Event.acquire(client: "teller"), to: "lock")
    try await log.append(Ledger.Event.deposit(id: "d1", account: "ada", amount: 5), to: "ledger")
    try await log.append(Lock.Event.release(client: "teller", token: 1), to: "lock")
    try await log.append(Ledger.Event.deposit(id: "d2", account: "ada", amount: 5), to: "ledger")
    let found = try await Replayer(bank.program, over: log).firstViolation()
    print(found?.event?.offset ?? 0)  // 3
  }

  @Test func lock() async throws {
    let log = try EventLog.inMemory()
    for event: Lock.Event in [
      .acquire(client: "a"), .tick, .tick, .acquire(client: "b"),
      .write(token: 2, value: "b was here"), .write(token: 1, value: "a was late"),
    ] {
      try await log.append(event, to: "printer")
    }
    let state = try await Replayer(Lock().program, over: log).state().value
    print(state["leases"]?.canonicalText ?? "")  // {"b":{"left":2,"token":2}}
    print(state["resource"]?["value"]?.stringValue ?? "")  // b was here
  }

  @Test func ledger() async throws {
    let log = try EventLog.inMemory()
    for event: Ledger.Event in [
      .deposit(id: "d1", account: "ada", amount: 5),
      .transfer(id: "t1", from: "ada", to: "bob", amount: 3),
      .transfer(id: "t2", from: "ada", to: "bob", amount: 3),
      .transfer(id: "t1", from: "ada", to: "bob", amount: 3),
    ] {
      try await log.append(event, to: "ledger")
    }
    let state = try await Replayer(Ledger().program, over: log).state().value
    print(state["balances"]?.canonicalText ?? "")  // {"ada":2,"bob":3}
    print(state["outcomes"]?.canonicalText ?? "")  // {"d1":"done","t1":"done","t2":"refused"}
  }

  @Test func register() async throws {
    let log = try EventLog.inMemory()
    for event: Register.Event in [
      .compareAndSet(client: "a", request: 1, expected: "", value: "red"),
      .compareAndSet(client: "b", request: 1, expected: "", value: "blue"),
      .compareAndSet(client: "a", request: 1, expected: "", value: "red"),
    ] {
      try await log.append(event, to: "colour")
    }
    let replies = try await Replayer(Register().program, over: log).state().value["replies"]
    print(replies?["a"]?.canonicalText ?? "")  // {"isSet":true,"request":1,"value":"red"}
    print(replies?["b"]?.canonicalText ?? "")  // {"isSet":false,"request":1,"value":"red"}
  }

  @Test func queue() async throws {
    let log = try EventLog.inMemory()
    for event: MessageQueue.Event in [
      .send(id: "m1", key: "order-7"), .send(id: "m2", key: "order-7"),
      .receive, .tick, .tick, .receive,
      .acknowledge(id: "m1", receipt: 1), .acknowledge(id: "m1", receipt: 2), .receive,
    ] {
      try await log.append(event, to: "queue")
    }
    let state = try await Replayer(MessageQueue().program, over: log).state().value
    print(state["settled"]?.canonicalText ?? "")  // {"m1":"acknowledged"}
    print(state["messages"]?.canonicalText ?? "")
    // [{"attempts":1,"id":"m2","key":"order-7","left":2,"place":"taken","receipt":1}]
  }

  @Test func twoPhaseCommit() async throws {
    let log = try EventLog.inMemory()
    for event: TwoPhaseCommit.Event in [
      .prepared(rm: 0), .prepared(rm: 1), .managerReceivedPrepared(rm: 0), .managerCommitted,
      .managerReceivedPrepared(rm: 1), .managerCommitted, .choseToAbort(rm: 1),
      .receivedCommit(rm: 1),
    ] {
      try await log.append(event, to: "transaction")
    }
    let commit = Replayer(TwoPhaseCommit(2).program, over: log)
    print(try await commit.state(at: 4).value["tm"]?.stringValue ?? "")  // init
    print(try await commit.state().value["tm"]?.stringValue ?? "")  // committed
    print(try await commit.state().value["rms"]?.canonicalText ?? "")  // ["prepared","committed"]
  }

  @Test func limitingARate() async throws {
    let log = try EventLog.inMemory()
    for milliseconds in [0, 0, 0, 1000] {
      try await log.append(RateRequest.request(at: milliseconds), to: "api")
    }
    let limiter = Replayer(TokenBucket(RateLimit(burst: 2, interval: 1000)).program, over: log)
    print(try await limiter.state(at: 3).value["outcome"]?.stringValue ?? "")  // refused
    print(try await limiter.state().value["outcome"]?.stringValue ?? "")  // admitted
  }

  @Test func circuitBreaker() async throws {
    let log = try EventLog.inMemory()
    for event: CircuitBreaker.Event in [
      .call(id: "1"), .failed(id: "1"), .call(id: "2"), .call(id: "3"), .failed(id: "2"),
      .succeeded(id: "3"), .tick, .call(id: "4"),
    ] {
      try await log.append(event, to: "payments")
    }
    let breaker = Replayer(CircuitBreaker(failures: 2, pause: 1).program, over: log)
    print(try await breaker.state(at: 6).value["place"]?.stringValue ?? "")  // open
    print(try await breaker.state().value["place"]?.stringValue ?? "")  // half-open
    print(try await breaker.state().value["calls"]?.canonicalText ?? "")  // ["4"]
  }

  @Test func saga() async throws {
    let log = try EventLog.inMemory()
    let steps = Saga(["reserve", "charge", "ship"], cannotUndo: [])
    for event: Saga.Event in [
      .completed(step: "reserve"), .completed(step: "charge"), .failed(step: "ship"),
      .undoFailed(step: "charge"), .retry(step: "charge"), .undone(step: "charge"),
      .undone(step: "reserve"),
    ] {
      try await log.append(event, to: "order-7")
    }
    let saga = Replayer(steps.program, over: log)
    print(try await saga.state(at: 4).value["place"]?.stringValue ?? "")  // stuck
    print(try await saga.state().value["place"]?.stringValue ?? "")  // undone
  }

  @Test func outbox() async throws {
    let log = try EventLog.inMemory()
    for event: Outbox.Event in [
      .decide(message: "order 7 is paid"), .send(number: 1), .lose(number: 1), .send(number: 1),
      .receive(number: 1), .receive(number: 1), .confirm(number: 1),
    ] {
      try await log.append(event, to: "orders")
    }
    let state = try await Replayer(Outbox().program, over: log).state().value
    print(state["inbox"]?.canonicalText ?? "")  // {"handled":1,"last":"order 7 is paid"}
    print(state["outbox"]?.canonicalText ?? "")  // []
  }

  @Test func supervisor() async throws {
    let log = try EventLog.inMemory()
    for event: Supervisor.Event in [
      .failed(child: "indexer"), .tick, .failed(child: "indexer"), .tick, .tick,
    ] {
      try await log.append(event, to: "supervision")
    }
    let machine = Supervisor(["indexer", "mailer"], restarts: 1, period: 60)
    let supervisor = Replayer(machine.program, over: log)
    print(try await supervisor.state(at: 2).value["restarts"]?.canonicalText ?? "")  // [0]
    print(try await supervisor.state().value["hasGivenUp"]?.canonicalText ?? "")  // true
  }

  /// Each of the two refines the other, whatever the limit.
  @Test func refining() async throws {
    let limit = RateLimit(burst: 2, interval: 3)
    let (bucket, cells) = (TokenBucket(limit), GCRA(limit))
    let mapping = try #require(cells.refines)
    let square = try SquareProgram(cells.program, refines: bucket.program, by: mapping)
    let space = try await Replayer(square, over: EventList([RecordedEvent]()))
      .explore(within: ExplorationLimits())
    print(space.isViolated)  // false
  }
}
