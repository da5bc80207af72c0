"""Workbooks (XLSX), behind the port Spreadsheets: read within limits that hold while they are read."""

from bot.sheets.workbook import Workbooks as Workbooks
