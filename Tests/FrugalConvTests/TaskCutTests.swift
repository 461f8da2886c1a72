import Testing

@testable import FrugalConv

/// How strips are cut for threads.
struct TaskCutTests {
  private func parts(
    strips: Int, last: Double = 1, images: Int = 1, most: Int = 8, producesRows: Bool = true,
    threads: Int
  ) -> Int {
    TaskCut(
      strips: strips, lastStrip: last, images: images, most: most, producesRows: producesRows
    ).parts(threads: threads)
  }

  @Test func oneThreadNeverPaysForParts() {
    for strips in 1...20 { #expect(parts(strips: strips, last: 0.5, threads: 1) == 1) }
  }

  @Test func aSingleStripIsSharedByAllThreads() {
    #expect(parts(strips: 1, threads: 2) == 2)
    #expect(parts(strips: 1, threads: 4) == 4)
  }

  @Test func rowsThatAreNotProducedAreCutFiner() {
    #expect(parts(strips: 1, producesRows: false, threads: 2) == 4)
    #expect(parts(strips: 1, most: 3, producesRows: false, threads: 2) == 2)
    #expect(parts(strips: 1, producesRows: false, threads: 1) == 1)
  }

  @Test func thereAreNeverMorePartsThanAsked() {
    #expect(parts(strips: 1, most: 3, threads: 16) == 3)
    #expect(parts(strips: 1, most: 1, threads: 2) == 1)
  }

  @Test func aShortLastStripIsEvenedOut() {
    // 28 rows in strips of 8, 8, 8 and 4: uncut, one thread has 16 of them and one 12.
    #expect(parts(strips: 4, last: 0.5, threads: 2) == 2)
  }

  @Test func evenStripsStayWhole() {
    #expect(parts(strips: 4, threads: 2) == 1)
    #expect(parts(strips: 1, images: 2, threads: 2) == 1)
    #expect(parts(strips: 1000, last: 0.1, threads: 2) == 1)
  }

  /// 83, 83, 83 and 7 channels once left one of two threads idle.
  @Test(arguments: [7, 100, 256, 257, 333, 512, 1024], [1, 7, 14, 28, 200])
  func channelsAreCutEvenly(channels: Int, side: Int) throws {
    let shape = MapShape(channels: channels, height: side, width: side)
    let stage = try Convolution.depthwise(channels, Window(3)).stages[0]
    let blocks = try ChannelwiseStage(stage, from: shape, to: shape)
    let last = channels - (blocks.channelBlocks - 1) * blocks.blockChannels
    #expect(last > 0 && blocks.blockChannels * side * side <= max(16_384, side * side))
    #expect(2 * last >= blocks.blockChannels || blocks.channelBlocks > 8)
  }
}
