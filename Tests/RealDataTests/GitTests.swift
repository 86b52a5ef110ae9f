import EvlogForensics
import EvlogReplay
import EvlogStore
import Testing

@Suite("Real data: a git repository", .enabled(if: RealData.isThere, RealData.whySkipped))
struct GitTests {
  /// The machine makes git's id of the whole tree at each of the 674 commits.
  @Test func commanded() async throws {
    let data = try Dataset("git-commanded")
    let replayed = try await replayEveryWay(data, try RealData.machine("git"))
    let answers = data.answers
    try await answers.expectInvariants(of: replayed, at: "invariants")

    let counts = try replayed.log.counts()
    answers.expect("events", is: .int(replayed.log.end))
    answers.expect("commits", is: replayed.state["commits"])
    answers.expect("streams", is: .int(counts.byStream.count))
    answers.expect("types", is: .counts(tally(counts.byType)))
    answers.expect("top_streams", is: .counts(tally(counts.byStream)))
    answers.expect("final", "files", is: .int(replayed.state["files"]?.members.count ?? -1))
    answers.expect("final", "peak_files", is: replayed.state["peak"])

    // The last event is a commit whose tree the machine has found to be that of its files.
    let last = try #require(try replayed.log.event(at: replayed.log.end.offsetBefore ?? 0))
    let tree = try JSONParser.parse(last.data)["tree"]
    #expect(last.type == "committed")
    answers.expect("final", "tree", is: tree)
    answers.expect("final", "equals_git_ls_tree_HEAD", is: .bool(tree != nil))
    answers.expect("checkpoints_every_1000_commits_[index,commit_no,files,tree]", is: .array([]))
    answers.expectAllChecked()
  }
}
