package io.narthex.storage.tsdb;

import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A process that opens databases and writes to them until it is killed. It prints {@code opening}
 * and {@code open}, and behind each commit that has returned it adds a line to a file: whether the
 * samples in order were taken, the database, the writer, the time, and the time of the late sample
 * if one was taken.
 */
public final class KilledProcess {
  private KilledProcess() {}

  /** Takes the folder of databases, the time to begin at, and the file of acknowledgements. */
  public static void main(String[] arguments) throws Exception {
    OutputStream out = new FileOutputStream(arguments[2], true);
    AtomicLong clock = new AtomicLong(Long.parseLong(arguments[1]));
    System.out.println("opening");
    for (int i = 0; i < KillScript.DATABASES; i++) {
      Tsdb db =
          new Tsdb(
              Path.of(arguments[0], Integer.toString(i)),
              KillScript.settings(),
              new RealDisk(),
              Clock.systemUTC());
      db.start();
      for (int w = 0; w < KillScript.WRITERS; w++) {
        int database = i;
        int writer = w;
        Thread.ofPlatform().start(() -> write(db, database, writer, clock, out));
      }
    }
    System.out.println("open");
  }

  private static void write(Tsdb db, int database, int writer, AtomicLong clock, OutputStream out) {
    AppendBatch batch = new AppendBatch(16);
    AppendErrors errors = new AppendErrors();
    try {
      for (; ; ) {
        long time = clock.addAndGet(KillScript.STEP);
        long late = KillScript.late(writer, time);
        batch.clear();
        errors.clear();
        try (Appender appender = db.appender(AppendOptions.DEFAULT)) {
          for (int i = 0; i < KillScript.FLOATS; i++) {
            var series = KillScript.series(writer, "float" + i);
            batch.add(
                appender.series(series), time, KillScript.value(KillScript.salt(series), time));
          }
          var shortLived = KillScript.shortLived(writer, time);
          batch.add(
              appender.series(shortLived),
              time,
              KillScript.value(KillScript.salt(shortLived), time));
          batch.add(
              appender.series(KillScript.series(writer, "histogram")),
              time,
              KillScript.histogram(writer, time));
          int inOrder = batch.size;
          var jumping = KillScript.series(writer, "late");
          long ref = appender.series(jumping);
          long salt = KillScript.salt(jumping);
          if (late != Long.MIN_VALUE) {
            batch.add(ref, late, KillScript.value(salt, late));
          } else if (time % (8 * KillScript.STEP) == 0) {
            batch.add(ref, time, KillScript.value(salt, time));
          }
          appender.append(batch, errors);
          appender.commit();
          boolean taken = true;
          boolean lateTaken = batch.size > inOrder;
          for (int i = 0; i < errors.size(); i++) {
            taken &= errors.index(i) >= inOrder;
            lateTaken &= errors.index(i) < inOrder;
          }
          String line =
              (taken ? "a" : "r")
                  + ' '
                  + database
                  + ' '
                  + writer
                  + ' '
                  + time
                  + (lateTaken ? " " + batch.timestamps[inOrder] : "")
                  + '\n';
          synchronized (out) {
            out.write(line.getBytes(StandardCharsets.US_ASCII));
          }
        }
      }
    } catch (Throwable e) {
      // The parent reads what is wrong, and fails.
      try {
        synchronized (out) {
          out.write(("failed " + e + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        e.printStackTrace();
      } catch (java.io.IOException f) {
        // The parent has gone.
      }
      Runtime.getRuntime().halt(1);
    }
  }
}
