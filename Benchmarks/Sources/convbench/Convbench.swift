import ArgumentParser

@main
struct Convbench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convbench",
    abstract: "What depthwise, shift and interleaved group convolutions cost on this machine.",
    subcommands: [
      Compare.self, Peers.self, Record.self, Check.self, Fit.self, Run.self, Info.self,
      CountedRuns.self,
    ],
    defaultSubcommand: Compare.self)
}

/// Refuses to time a debug build: its figures would say nothing.
func requireReleaseBuild() throws {
  #if DEBUG
    throw ValidationError("this is a debug build; time a release build: swift run -c release …")
  #endif
}
