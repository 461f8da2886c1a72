/// Work on one map, cut into tasks that any worker may run in any order.
enum Job {
  case matrix(MatrixJob)
  case channelwise(ChannelwiseJob)
  case chain(ChainJob)
  case gate(GateJob)
  case excite(GateJob)
  case bitPacking(BitPackingJob)
  case bitProduct(BitProductJob)
  case bitPooling(BitPoolingJob)
  case warmUp(WarmUpJob)

  func run(task: Int, worker: Int) {
    switch self {
    case .matrix(let job): job.run(task: task, worker: worker)
    case .channelwise(let job): job.run(task: task, worker: worker)
    case .chain(let job): job.run(task: task, worker: worker)
    case .gate(let job): job.gate(image: task)
    case .excite(let job): job.excite(task: task)
    case .bitPacking(let job): job.run(task: task, worker: worker)
    case .bitProduct(let job): job.run(task: task, worker: worker)
    case .bitPooling(let job): job.run(task: task)
    case .warmUp(let job): job.run()
    }
  }
}
