// Histories of workflows. A history is a stream; its events number themselves from 1 and name each
// other by these numbers.

// Newer servers write EVENT_TYPE_TIMER_FIRED for what was TimerFired.
const camel = (type) => type.replace("EVENT_TYPE_", "").split("_")
  .map(word => word[0] + word.slice(1).toLowerCase()).join("")

const CLOSING = /^WorkflowExecution(Completed|Failed|Canceled|ContinuedAsNew|TimedOut|Terminated)$/
const ACTIVITY_ENDS = /^ActivityTask(Completed|Failed|Canceled|TimedOut)$/
const TASK_ENDS = /^WorkflowTask(Completed|Failed|TimedOut)$/

// The type of the event that a reference must name, by the type that refers and the reference.
const REFERENCES = [
  [/^ActivityTask/, {
    scheduledEventId: "ActivityTaskScheduled",
    startedEventId: "ActivityTaskStarted",
  }],
  [/^WorkflowTask/, {
    scheduledEventId: "WorkflowTaskScheduled",
    startedEventId: "WorkflowTaskStarted",
  }],
  [/^Timer/, { startedEventId: "TimerStarted" }],
  [/^ChildWorkflow/, {
    initiatedEventId: "StartChildWorkflowExecutionInitiated",
    startedEventId: "ChildWorkflowExecutionStarted",
  }],
  [/^NexusOperation/, { scheduledEventId: "NexusOperationScheduled" }],
]

const typeOf = (before, id) => before.types[Number(id) - 1]

machine("temporal", 1, {
  scope: "stream",
  initial: { types: [], closedBy: null, openActivities: [], isTaskPending: false },
  upcast: (e) => e.type.startsWith("EVENT_TYPE_") ? { type: camel(e.type) } : undefined,
  on: {
    "*": (s, e) => {
      s.types.push(e.type)
      if (CLOSING.test(e.type)) s.closedBy = e.type
      if (e.type === "ActivityTaskScheduled") s.openActivities.push(e.data.eventId)
      if (ACTIVITY_ENDS.test(e.type)) {
        const ended = Number(e.data.attr.scheduledEventId)
        s.openActivities = s.openActivities.filter(id => id !== ended)
      }
      if (e.type === "WorkflowTaskScheduled") s.isTaskPending = true
      if (TASK_ENDS.test(e.type)) s.isTaskPending = false
    },
  },
  invariants: {
    "event_id_contiguous": step((before, e) => e.data.eventId === before.types.length + 1),
    "starts_with_WorkflowExecutionStarted": step((before, e) =>
      (e.data.eventId === 1) === (e.type === "WorkflowExecutionStarted")),
    "reference_right_kind": step((before, e) => {
      const expected = REFERENCES.find(([types]) => types.test(e.type))?.[1] ?? {}
      return Object.entries(expected).every(([reference, type]) =>
        !(reference in e.data.attr) || typeOf(before, e.data.attr[reference]) === type)
    }),
    "completed_id_is_workflow_task_completed": step((before, e) => {
      const id = e.data.attr.workflowTaskCompletedEventId
      return id === undefined || typeOf(before, id) === "WorkflowTaskCompleted"
    }),
    "no_event_after_close": step((before) => before.closedBy === null),
    "known_type": step((before, e) => !/^Unknown(Event)?$/.test(e.type)),
    // Servers disagree about fractions of a second; of whole seconds they should be sure.
    "time_monotone": history({ last: "" }, (memory, before, e) => {
      const second = e.time.slice(0, 19), isLater = second >= memory.last
      memory.last = second
      return isLater
    }),
    "time_monotone in nanoseconds": history({ last: 0n }, (memory, before, e) => {
      const isLater = e.timeNs >= memory.last
      memory.last = e.timeNs
      return isLater
    }),
    "one_pending_workflow_task": step((before, e) =>
      e.type !== "WorkflowTaskScheduled" || !before.isTaskPending),
  },
})
