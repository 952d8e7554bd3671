"""What leaves the program: table files, workbook and its way back, permissions folder, letters, report, purge."""
