// corpus: no event
public final class ThreadDump {
    public static void main(String[] args) {
        Marks.say("threads:");
        Thread.getAllStackTraces().keySet().stream().filter(t -> t == Thread.currentThread()).forEach(t -> {
            Marks.say("\"" + t.getName() + "\" #1 prio=5 runnable");
            Marks.say("   java.lang.Thread.State: RUNNABLE");
            for (StackTraceElement frame : t.getStackTrace()) {
                Marks.say("\tat " + frame);
            }
        });
        Marks.say("done");
    }
}
